// Which addresses belong to the public internet. What does not is ours, our host's or our neighbours', and no customer may
// have us call it. Unknown ranges are refused: what is let through is named, not what is kept out.
import ipaddr from 'ipaddr.js';

/** The only block that global unicast addresses are given out of (IANA); the rest of IPv6 is reserved or special. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Special ranges inside of what the library takes for unicast (IANA's registries of special-purpose addresses). */
const alsoSpecial = [
  ipaddr.IPv6.parseCIDR('2001::/23'),
  ipaddr.IPv6.parseCIDR('2001:db8::/32'),
  ipaddr.IPv6.parseCIDR('2002::/16'),
  ipaddr.IPv6.parseCIDR('3fff::/20'),
];

/** @param address - as `dns.lookup` gives it, or as a URL writes it, without brackets */
export const isPublicAddress = (address: string): boolean => {
  // Other forms (octal, fewer parts, a zone) are read differently by different readers.
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).range() === 'unicast';
  if (!ipaddr.IPv6.isValid(address) || address.includes('%')) return false;
  // An IPv4 address in IPv6's clothes is refused too: nobody publishes such.
  const parsed = ipaddr.IPv6.parse(address);
  return (
    parsed.range() === 'unicast' && parsed.match(globalUnicast) && !alsoSpecial.some((range) => parsed.match(range))
  );
};
