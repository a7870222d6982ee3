import { createTranslator } from 'use-intl/core';
import { describe, expect, test } from 'vitest';

import { en } from '../src/i18n/en';
import { hi } from '../src/i18n/hi';
import { chooseLanguage } from '../src/i18n/languages';

interface Texts {
  readonly [key: string]: string | Texts;
}

function entries(texts: Texts, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const name = path ? `${path}.${key}` : key;
    return typeof value === 'string' ? [[name, value] as [string, string]] : entries(value, name);
  });
}

const argumentsOf = (text: string): string[] => [...new Set(text.match(/(?<=\{)\w+(?=[,}])/g) ?? [])].sort();

describe('the catalogues', () => {
  const english = new Map(entries(en));
  const hindi = new Map(entries(hi));

  test('have the same keys', () => {
    expect([...hindi.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test('have a text for every key', () => {
    expect([...english, ...hindi].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  test.each([...english.keys()])('take the same arguments, and can be read: %s', (key) => {
    const given = Object.fromEntries(argumentsOf(english.get(key) ?? '').map((name) => [name, 2]));
    for (const [locale, messages] of [
      ['en', en],
      ['hi', hi],
    ] as const) {
      const said = createTranslator<Texts>({
        locale,
        messages,
        onError: (error) => {
          throw error;
        },
      })(key as never, given as never);
      expect(said).not.toMatch(/[{}]/);
    }
    expect(Object.keys(given)).toEqual(argumentsOf(hindi.get(key) ?? ''));
  });
});

describe('the language', () => {
  test('is the one that was chosen', () => {
    expect(chooseLanguage('hi', ['en-GB'])).toBe('hi');
  });

  test('is else the first of the browser that there is, and English if there is none', () => {
    expect(chooseLanguage(null, ['ta-IN', 'hi-IN', 'en'])).toBe('hi');
    expect(chooseLanguage('tlh', ['ta-IN'])).toBe('en');
  });
});
