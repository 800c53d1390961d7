import { date } from '../format/times';

type Data = Record<string, unknown>;

const said: Record<string, (data: Data) => string> = {
  'artifact.version-logged': (data) =>
    `Version ${data.version} logged${data.expiresAt ? `, kept until ${date(String(data.expiresAt))}` : ''}`,
  'artifact.source-imported': (data) => `Bytes of version ${data.version} copied in from their source`,
  'artifact.tag-moved': (data) =>
    data.previous ? `Tag ${data.tag} moved from version ${data.previous} to ${data.version}` : `Version ${data.version} tagged ${data.tag}`,
  'artifact.tag-deleted': (data) => `Tag ${data.tag} removed from version ${data.previous}`,
  'artifact.retention-set': (data) =>
    data.expiresAt ? `Version ${data.version} kept until ${date(String(data.expiresAt))}` : `Version ${data.version} kept always`,
  'artifact.version-deleted': (data) =>
    `Version ${data.version} deleted${data.expired ? ': its time was over' : ''}${data.strategy === 'metadataOnly' ? ', its bytes kept' : ''}`,
  'artifact.deleted': () => 'All versions and tags deleted',
};

/** What happened to an artifact, in words. */
export const happened = (type: string, data: unknown): string =>
  said[type]?.((data ?? {}) as Data) ?? (type.split('.')[1] ?? type).replaceAll('-', ' ');
