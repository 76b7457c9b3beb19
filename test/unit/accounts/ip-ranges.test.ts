import { expect, it } from 'vitest';
import { ipRanges } from '../../../lambdas/accounts/adapters/ip-ranges.ts';

it.each([
  { cidr: '203.0.113.0/24', address: '203.0.113.255', inside: true },
  { cidr: '203.0.113.0/24', address: '203.0.114.0', inside: false },
  { cidr: '203.0.113.7/32', address: '203.0.113.7', inside: true },
  { cidr: '203.0.113.7/32', address: '203.0.113.8', inside: false },
  { cidr: '0.0.0.0/0', address: '198.51.100.1', inside: true },
  { cidr: '203.0.113.0/24', address: '::ffff:203.0.113.9', inside: true },
  { cidr: '2001:db8::/32', address: '2001:db8:1::1', inside: true },
  { cidr: '2001:db8::/32', address: '2001:db9::1', inside: false },
  { cidr: '2001:db8::/32', address: '203.0.113.7', inside: false },
  { cidr: '0.0.0.0/0', address: 'localhost', inside: false },
  { cidr: '0.0.0.0/0', address: '', inside: false },
])('$address in $cidr: $inside', ({ cidr, address, inside }) => {
  expect(ipRanges.contain([cidr], address)).toBe(inside);
});

it('is inside when any one range holds the address', () => {
  expect(ipRanges.contain(['10.0.0.0/8', '203.0.113.0/24'], '203.0.113.7')).toBe(true);
  expect(ipRanges.contain([], '203.0.113.7')).toBe(false);
});
