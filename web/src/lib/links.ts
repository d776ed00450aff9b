// Addresses come from whoever registered the service: only a plain host:port becomes a link.

/** `http://address` + path, or null when `address` is anything but host:port. */
export function instanceLink(address: string, path: `/${string}`): string | null {
  if (!/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$/.test(address)) return null;
  try {
    return new URL(`http://${address}${path}`).href;
  } catch {
    return null;
  }
}
