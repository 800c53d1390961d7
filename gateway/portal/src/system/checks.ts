/** A check of the mesh in words. */
export interface Check {
  name: string;
  label: string;
  status: string;
}

const labels: Record<string, string> = {
  drain: 'Takes requests',
  endpoints: 'Endpoints serve',
  bus: 'Bus',
};

/** The checks by what they are of, what is not well first. */
export function checksOf(checks: Readonly<Record<string, string>>): Check[] {
  return Object.entries(checks)
    .map(([name, status]) => ({
      name,
      status,
      label: labels[name] ?? (name.startsWith('database-') ? `Database of ${name.slice('database-'.length)}` : name.replaceAll('-', ' ')),
    }))
    .sort((a, b) => Number(a.status === 'healthy') - Number(b.status === 'healthy') || a.label.localeCompare(b.label));
}

/** The word of a state as badges know it. */
export const badgeOf = (status: string): string => (status === 'healthy' ? 'healthy' : status === 'degraded' ? 'suspected' : 'failed');
