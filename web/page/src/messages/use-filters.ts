import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

import { type Filters, filtersIn, queryOf } from './filters';

/** The filters that the address has, and how to put others there. */
export function useFilters(): readonly [Filters, (filters: Filters) => void] {
  const query = useSearch();
  const [path, navigate] = useLocation();
  const filters = useMemo(() => filtersIn(query), [query]);
  const setFilters = useCallback(
    (changed: Filters) => {
      const next = queryOf(changed);
      navigate(next ? `${path}?${next}` : path, { replace: true });
    },
    [navigate, path],
  );
  return [filters, setFilters];
}
