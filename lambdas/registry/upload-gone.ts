/** An upload that was pinned is not there any more: nothing else may be taken for it. */
export class UploadGone extends Error {
  readonly key: string;

  constructor(key: string) {
    super('the upload that was pinned is gone');
    this.key = key;
  }
}
