import type { Catalogue, Language } from './catalogue';

interface Offer {
  /** In its own words. */
  readonly name: string;
  readonly load: () => Promise<Catalogue>;
}

export const LANGUAGES: Readonly<Record<Language, Offer>> = {
  en: { name: 'English', load: async () => (await import('./en')).en },
  hi: { name: 'हिन्दी', load: async () => (await import('./hi')).hi },
};

export const isLanguage = (tag: string | null | undefined): tag is Language => tag === 'en' || tag === 'hi';

/** The first of the viewer's languages that there is; English if none. */
export function chooseLanguage(chosen: string | null, preferred: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  return preferred.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}
