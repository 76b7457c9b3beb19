// A construct seen as the interface that another construct's property asks for. aws-cdk-lib's classes have getters of
// type `T | undefined` where its interfaces have optional properties: the same to everyone but
// `exactOptionalPropertyTypes`. All else is still checked.

/** `seenAs<IVpc>(vpc)` */
export const seenAs = <I extends object>(construct: { readonly [K in keyof I]: I[K] | undefined }): I => construct as I;
