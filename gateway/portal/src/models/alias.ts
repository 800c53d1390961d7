/** What is expected of an alias that points nowhere. */
export const nowhere = 0;

/** How an alias is written, as the registry has it: latest and v1, v2, … are names of versions. */
export const aliasForm = /^(?!(latest|v\d+)$)[a-z0-9_-]{1,255}$/i;
