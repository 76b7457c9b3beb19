// What kernels need of WebAssembly, which the language's own library does not declare.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Memory: new (size: { initial: number; maximum: number }) => Memory;
  Instance: new (module: object, imports: object) => { exports: object };
};

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export const PAGE = 65_536;

/** One module for the process, made when it is first asked for. @returns null where there is no WebAssembly, or none with its instructions */
export const lazyModule = (base64: string): (() => object | null) => {
  let made: object | null | undefined;
  return () => {
    if (made === undefined) {
      const bytes = Buffer.from(base64, 'base64');
      const runs = typeof WebAssembly === 'object' && WebAssembly.validate(bytes);
      made = runs ? new WebAssembly.Module(bytes) : null;
    }
    return made;
  };
};

/** @returns undefined where none is to be had: addresses are reserved by the gigabyte, and may be limited */
export const memoryOf = (pages: number, maxPages: number): Memory | undefined => {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: maxPages });
  } catch {
    // A RangeError.
    return undefined;
  }
};

export const exportsOf = <T extends object>(module: object, imports: object): T =>
  new WebAssembly.Instance(module, imports).exports as T;
