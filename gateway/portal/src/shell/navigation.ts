import {
  type Icon,
  IconActivity,
  IconBell,
  IconBox,
  IconCalendarClock,
  IconCode,
  IconFiles,
  IconHome,
  IconPackage,
  IconPlayerPlay,
  IconServer2,
  IconSettings,
  IconSitemap,
  IconStack2,
  IconTable,
} from '@tabler/icons-react';

export interface Section {
  label: string;
  /** Path below the project; empty for its home. */
  path: string;
  icon: Icon;
}

/** The sections of a project, in groups, as the left side shows them. A screen is added with one line. */
export const navigation: Section[][] = [
  [
    { label: 'Home', path: '', icon: IconHome },
    { label: 'Runs', path: '/runs', icon: IconPlayerPlay },
    { label: 'Data sets', path: '/datasets', icon: IconTable },
    { label: 'Artifacts', path: '/artifacts', icon: IconFiles },
    { label: 'Models', path: '/models', icon: IconBox },
    { label: 'Endpoints', path: '/endpoints', icon: IconServer2 },
    { label: 'Alerts', path: '/alerts', icon: IconBell },
    { label: 'Lineage', path: '/lineage', icon: IconSitemap },
  ],
  [
    { label: 'Jobs', path: '/jobs', icon: IconStack2 },
    { label: 'Functions', path: '/functions', icon: IconCode },
    { label: 'Schedules', path: '/schedules', icon: IconCalendarClock },
    { label: 'Hub', path: '/hub', icon: IconPackage },
  ],
  [
    { label: 'Events', path: '/events', icon: IconActivity },
    { label: 'Settings', path: '/settings', icon: IconSettings },
  ],
];
