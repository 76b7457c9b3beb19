import { describe, expect, it } from 'vitest';
import { checkWebhookUrl } from '../../../../lambdas/governance/domain/webhook-url.ts';

describe('a webhook’s URL', () => {
  it.each([
    'https://example.com/hooks?tenant=7',
    'https://example.com:8443/',
    'https://93.184.216.34/hook',
    'https://[2606:4700:4700::1111]/',
  ])('may be %s', (url) => {
    expect(checkWebhookUrl(url, [])).toBe(url);
  });

  it.each([
    ['example.com/hook', 'must be a URL'],
    ['http://example.com/', 'must begin with https://'],
    ['ftp://example.com/', 'must begin with https://'],
    ['javascript:alert(1)', 'must begin with https://'],
    ['https://user:pass@example.com/', 'no user name'],
    ['https://user@example.com/', 'no user name'],
    ['https://example.com/#part', 'before a #'],
    ['https://example.com/#', 'before a #'],
    ['https://example.com:22/', 'the port 443 or 8443'],
    ['https://localhost/', 'the public internet'],
    ['https://intranet/', 'the public internet'],
    ['https://127.0.0.1/', 'the public internet'],
    // As browsers do, URLs take an address in any of its forms.
    ['https://2130706433/', 'the public internet'],
    ['https://0x7f.1/', 'the public internet'],
    ['https://0177.0.0.1/', 'the public internet'],
    ['https://127.1/', 'the public internet'],
    ['https://１２７.0.0.1/', 'the public internet'],
    ['https://169.254.169.254/latest/meta-data', 'the public internet'],
    ['https://[::ffff:169.254.169.254]/', 'the public internet'],
    ['https://[::1]/', 'the public internet'],
  ])('must not be %s: %s', (url, message) => {
    expect(() => checkWebhookUrl(url, [])).toThrow(message);
  });

  it('may lead to a private host that the stage names, by any port and without TLS, and to no other', () => {
    const hosts = ['127.0.0.1', 'localhost'];
    for (const url of ['http://127.0.0.1:8080/', 'https://localhost/', 'http://localhost/hook'])
      expect(checkWebhookUrl(url, hosts)).toBe(url);
    for (const url of ['http://127.0.0.2/', 'http://localhost.example.com/', 'ftp://localhost/', 'http://u@localhost/'])
      expect(() => checkWebhookUrl(url, hosts)).toThrow();
  });
});
