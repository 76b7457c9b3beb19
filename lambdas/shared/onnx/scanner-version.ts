// What a scan was made by: it counts up whenever a model could be judged otherwise than before, and what was published is
// then scanned again. A test keeps the number and the scanner's sources together.
export const SCANNER_VERSION = '1';
