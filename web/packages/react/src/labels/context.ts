import { createContext, use } from 'react';
import { english } from './english';
import type { LabelOverrides, Labels } from './labels';

export const LabelsContext = createContext<Labels>(english);
export const LocaleContext = createContext<string | undefined>(undefined);

/** The texts that components use here, with what one of them was given itself. */
export function useLabels(overrides?: LabelOverrides): Labels {
  return labelsWith(use(LabelsContext), overrides);
}

export function useLocale(): string | undefined {
  return use(LocaleContext);
}

export function labelsWith(labels: Labels, overrides: LabelOverrides | undefined): Labels {
  if (!overrides) return labels;
  const badge = { ...labels.badge, ...overrides.badge };
  const uptimeState = { ...labels.uptimeState, ...overrides.uptimeState };
  return { ...labels, ...overrides, badge, uptimeState };
}
