// What giving files away needs from outside.

export interface Download {
  readonly model: string;
  readonly version: string;
  /** Who it counts for: an account, or all who are not signed in. */
  readonly countedAs: string;
  /** Only who was let in could fetch it: that the account did is kept for good. */
  readonly isUse?: boolean | undefined;
  readonly nowMs: number;
}

/** How often models were downloaded, day by day (UTC). */
export interface DownloadCounts {
  /** Counts it, unless the same was counted on that day, or too many others count the same model at this moment. */
  count(download: Download): Promise<void>;
  /** @param fromDay - `2026-11-23`, the first that is summed up */
  since(model: string, fromDay: string): Promise<number>;
  total(model: string): Promise<number>;
}

export interface DownloadLink {
  /** In the artifacts bucket. */
  readonly key: string;
  /** What the file is saved as. */
  readonly fileName: string;
  readonly lifeSeconds: number;
}

/** Where whoever holds the URL reads the object, whole or in ranges. */
export type LinkDownload = (link: DownloadLink) => Promise<string>;
