import { describe, expect, test } from 'vitest';

import { pictureOf } from '../src/reconnect/qr-picture';

describe('a QR code', () => {
  test("is the gateway's own picture, where it sends one", () => {
    expect(pictureOf('data:image/png;base64,iVBORw0KGgo=')).toBe('data:image/png;base64,iVBORw0KGgo=');
  });

  test('is drawn from the text that another gateway sends', () => {
    expect(pictureOf('2@abc,def,ghi==')).toMatch(/^data:image\/svg\+xml/);
  });

  test('is never an address that the gateway made up', () => {
    expect(pictureOf('https://elsewhere.example/code.png')).toMatch(/^data:image\/svg\+xml/);
    expect(pictureOf('data:text/html,<script>')).toMatch(/^data:image\/svg\+xml/);
  });

  test('is none where no code holds what was sent', () => {
    expect(pictureOf('x'.repeat(10_000))).toBeNull();
  });
});
