const STORED_AS = 'truesend.credentials';

/** Who the viewer is. The key is null where the API wants none, the organisation where the key tells it. */
export interface Credentials {
  readonly key: string | null;
  readonly organizationId: string | null;
}

/** Kept for as long as the tab: never on disk, never in a URL. */
export function readCredentials(): Credentials | null {
  const stored = sessionStorage.getItem(STORED_AS);
  if (stored === null) return null;
  try {
    const { key, organizationId } = JSON.parse(stored) as Partial<Credentials>;
    return { key: key ?? null, organizationId: organizationId ?? null };
  } catch {
    return null;
  }
}

export function keepCredentials(credentials: Credentials): void {
  sessionStorage.setItem(STORED_AS, JSON.stringify(credentials));
}

export function forgetCredentials(): void {
  sessionStorage.removeItem(STORED_AS);
}
