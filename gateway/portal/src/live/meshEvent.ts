/** An event of the journal: a CloudEvent, and its position. */
export interface MeshEvent {
  position: number;
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  project: string;
  actor?: string | null;
  streamversion?: number;
  data: Record<string, unknown>;
}
