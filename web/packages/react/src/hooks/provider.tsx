import type { QueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { TruesendClient } from '../client/client';
import type { LabelOverrides } from '../labels/labels';
export interface TruesendProviderProps {
  readonly client: TruesendClient;
  /** The host app's own, if it is to be shared. */
  readonly queryClient?: QueryClient;
  /** Texts of the components; the rest is English. */
  readonly labels?: LabelOverrides;
  /** For dates and numbers; the browser's, if not given. */
  readonly locale?: string;
  readonly children?: ReactNode;
}
export declare function TruesendProvider(props: TruesendProviderProps): ReactNode;
