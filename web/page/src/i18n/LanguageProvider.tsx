import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { IntlProvider } from 'use-intl';

import type { Catalogue, Language } from './catalogue';
import type { en } from './en';
import { chooseLanguage, LANGUAGES } from './languages';

const STORED_AS = 'truesend.language';

interface LanguageChoice {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const Choice = createContext<LanguageChoice | null>(null);

/** The viewer's language, and how to change it. */
export function useLanguage(): LanguageChoice {
  const choice = use(Choice);
  if (!choice) throw new Error('useLanguage is used inside <LanguageProvider>');
  return choice;
}

/** Texts in the viewer's language, times in the viewer's zone. Shows nothing until the texts are there. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(() => chooseLanguage(localStorage.getItem(STORED_AS), navigator.languages));
  const [loaded, setLoaded] = useState<{ language: Language; texts: Catalogue } | null>(null);

  useEffect(() => {
    let isCurrent = true;
    void LANGUAGES[language].load().then((texts) => {
      if (!isCurrent) return;
      document.documentElement.lang = language;
      setLoaded({ language, texts });
    });
    return () => {
      isCurrent = false;
    };
  }, [language]);

  const choose = useCallback((chosen: Language) => {
    localStorage.setItem(STORED_AS, chosen);
    setLanguage(chosen);
  }, []);
  const choice = useMemo(() => ({ language, choose }), [language, choose]);

  if (!loaded) return null;
  return (
    <Choice value={choice}>
      <IntlProvider locale={loaded.language} messages={asKeys(loaded.texts)} timeZone={VIEWERS_ZONE}>
        {children}
      </IntlProvider>
    </Choice>
  );
}

const VIEWERS_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Keys and arguments are checked against the English texts, word for word; other languages differ from these in the words only. */
const asKeys = (texts: Catalogue) => texts as typeof en;
