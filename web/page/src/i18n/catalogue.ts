import type { en } from './en';

type SameKeys<Texts> = { readonly [Key in keyof Texts]: Texts[Key] extends string ? string : SameKeys<Texts[Key]> };

/** Every text of the page, by its key; English says which keys there are. */
export type Catalogue = SameKeys<typeof en>;

export type Language = 'en' | 'hi';

declare module 'use-intl' {
  interface AppConfig {
    Messages: typeof en;
    Locale: Language;
  }
}
