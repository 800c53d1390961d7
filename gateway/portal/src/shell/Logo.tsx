/** The mark of Mesh. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#4a55c4" />
      <path d="M9 22V10l7 8 7-8v12" fill="none" stroke="#fff" strokeWidth="2" />
      <g fill="#fff">
        <circle cx="9" cy="10" r="2.6" />
        <circle cx="23" cy="10" r="2.6" />
        <circle cx="16" cy="18" r="2.6" />
        <circle cx="9" cy="22" r="2.6" />
        <circle cx="23" cy="22" r="2.6" />
      </g>
    </svg>
  );
}
