import encodeQR from 'qr';

const PICTURE = /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/;

/** A code as a picture's address: some gateways send a picture, others the text in it. Null for what no code can hold. */
export function pictureOf(code: string): string | null {
  if (PICTURE.test(code)) return code;
  try {
    return `data:image/svg+xml;utf8,${encodeURIComponent(encodeQR(code, 'svg', { border: 1 }))}`;
  } catch {
    return null;
  }
}
