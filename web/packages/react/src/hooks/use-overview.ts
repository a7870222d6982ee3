import type { Overview } from '../api/upcoming';
import type { ProblemError } from '../client/problem';
export interface LiveOverview {
  readonly overview: Overview | undefined;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
  readonly refetch: () => void;
}
export declare function useOverview(hours?: number): LiveOverview;
