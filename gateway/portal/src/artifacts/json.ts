/** JSON by lines and indented, every value as it is written; the text itself where it is not JSON. */
export function indented(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }

  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  return text.replace(token, (found, mark: string | undefined) => {
    if (mark === undefined) return found.startsWith('"') ? found : '';
    if (mark === ',') return `,${newLine()}`;
    if (mark === ':') return ': ';
    if (mark === '{' || mark === '[') {
      depth++;
      return mark + newLine();
    }

    if (mark === '}' || mark === ']') {
      depth--;
      return newLine() + mark;
    }

    return mark.replace(/\s/g, '');
  });
}

// A text with what is escaped in it, space, an object or array without anything, or a mark.
const token = /"(?:[^"\\]|\\.)*"|\s+|([{[]\s*[}\]]|[{}[\],:])/g;
