type Data = Record<string, unknown>;

const said: Record<string, (data: Data) => string> = {
  'project.created': () => 'project created',
  'project.described': (data) => (data.description ? `description changed to “${data.description}”` : 'description changed'),
  'project.archived': () => 'project archived',
  'project.restored': () => 'project restored',
  'project.member-set': (data) => `${data.user} is ${data.role} now`,
  'project.member-removed': (data) => `${data.user} removed`,
  'project.secret-set': (data) => `secret ${data.name} set`,
  'project.secret-deleted': (data) => `secret ${data.name} deleted`,
  'project.deletion-asked': () => 'deletion asked for',
  'project.deletion-withdrawn': () => 'deletion withdrawn: the project was not empty',
  'project.deletion-requested': () => 'deletion requested',
};

/** What was changed, in words. */
export function changeOf(type: string, data: unknown): string {
  const own = said[type];
  return own ? own((data ?? {}) as Data) : (type.split('.')[1] ?? type).replaceAll('-', ' ');
}
