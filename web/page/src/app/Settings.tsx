import { Button, Popover, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useId } from 'react';
import { useTranslations } from 'use-intl';

import { isLanguage, LANGUAGES } from '../i18n/languages';
import { useLanguage } from '../i18n/LanguageProvider';
import classes from './Settings.module.css';

const SCHEMES = ['light', 'dark', 'auto'] as const;
const isScheme = (value: string) => SCHEMES.find((scheme) => scheme === value);

/** Language, light or dark, and the way out. */
export function Settings({ onSignOut }: { readonly onSignOut?: (() => void) | undefined }) {
  const t = useTranslations('settings');
  const { language, choose } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const languageId = useId();
  const schemeId = useId();
  return (
    <Popover position="bottom-end" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button variant="subtle" color="gray" size="compact-sm" className={classes['open']}>
          {t('open')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes['panel']} aria-label={t('open')}>
        <span id={languageId} className={classes['label']}>
          {t('language')}
        </span>
        <SegmentedControl
          aria-labelledby={languageId}
          fullWidth
          value={language}
          onChange={(value) => {
            if (isLanguage(value)) choose(value);
          }}
          data={Object.entries(LANGUAGES).map(([value, { name }]) => ({
            value,
            label: <span lang={value}>{name}</span>,
          }))}
        />
        <span id={schemeId} className={classes['label']}>
          {t('scheme')}
        </span>
        <SegmentedControl
          aria-labelledby={schemeId}
          fullWidth
          value={colorScheme}
          onChange={(value) => {
            setColorScheme(isScheme(value) ?? 'auto');
          }}
          data={SCHEMES.map((value) => ({ value, label: t(value) }))}
        />
        {onSignOut && (
          <Button variant="default" fullWidth onClick={onSignOut} className={classes['out']}>
            {t('signOut')}
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
