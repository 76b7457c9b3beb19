// The name under which a download is saved, as RFC 6266 has it told.

/** In letters, digits and a few signs for all clients; for those that read it, beside it as it is (RFC 8187). */
export const dispositionOf = (fileName: string): string => {
  const plain = fileName.replaceAll(/[^\w.-]/g, '_');
  return plain === fileName
    ? `attachment; filename="${plain}"`
    : `attachment; filename="${plain}"; filename*=UTF-8''${encoded(fileName)}`;
};

/** Half a surrogate pair is no text that could be written in UTF-8. */
const encoded = (text: string) =>
  encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
