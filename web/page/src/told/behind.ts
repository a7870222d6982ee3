import { useEffect } from 'react';

let open = 0;

/** While a dialog is open, what is behind it can't be reached and is not read aloud. Dialogs live beside the page's root. */
export function useBehind(isOpen: boolean): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    open += 1;
    hide(true);
    return () => {
      open -= 1;
      hide(open > 0);
    };
  }, [isOpen]);
}

function hide(isHidden: boolean): void {
  const root = document.getElementById('root');
  if (!root) return;
  root.inert = isHidden;
  if (isHidden) root.setAttribute('aria-hidden', 'true');
  else root.removeAttribute('aria-hidden');
}
