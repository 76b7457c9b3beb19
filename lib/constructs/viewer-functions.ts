// What runs in CloudFront itself, at each request. Small JavaScript, tested as it stands in the template.

/** Names of headers in lower case. */
export const tellViewer = ({
  address,
  host,
}: {
  readonly address: string;
  readonly host: string;
}): string => `function handler(event) {
  var request = event.request;
  // Overwrites what the viewer sent under these names: the API believes them.
  request.headers['${address}'] = { value: event.viewer.ip };
  request.headers['${host}'] = { value: request.headers.host.value };
  return request;
}
`;

/** A page of the console has no dot in its last segment, and is the console's own to draw. */
export const servePages = `function handler(event) {
  var request = event.request;
  var last = request.uri.slice(request.uri.lastIndexOf('/') + 1);
  if (last.indexOf('.') === -1) request.uri = '/index.html';
  return request;
}
`;
