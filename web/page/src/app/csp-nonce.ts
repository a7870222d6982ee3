import { setNonce } from 'get-nonce';

const PLACEHOLDER = '__CSP_NONCE__';

/**
 * The nonce that the server gave this response, for every <style> that is made while the page runs. Undefined where nobody
 * serves one (a development server).
 */
export function takeCspNonce(): string | undefined {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
  if (!nonce || nonce === PLACEHOLDER) return undefined;
  // what locks the scrolling behind a dialog makes a <style> of its own, and asks this library for the nonce
  setNonce(nonce);
  return nonce;
}
