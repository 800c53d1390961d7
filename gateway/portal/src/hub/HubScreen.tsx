import { Badge, Group, Select, Skeleton, Tabs, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import classes from './Hub.module.css';
import { Hubs } from './Hubs';
import { Imports } from './Imports';
import { builtInQuery, hubItemsQuery, hubsQuery, importsQuery } from './queries';
import { fitting, type HubSearch, type Listed, listed, ownHub } from './search';

/** What can be run without writing it: Mesh's own items and those of the project's hubs. */
export function HubScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/hub' });
  const navigate = useNavigate();
  const own = useQuery(builtInQuery);
  const hubs = useQuery(hubsQuery(project));
  const imports = useQuery(importsQuery(project));
  const teams = useQueries({ queries: (hubs.data ?? []).map(({ name }) => hubItemsQuery(project, name)) });
  const items: Listed[] = [...teams.flatMap(({ data }) => data ?? []), ...(own.data ?? []).map(listed)];
  const shown = fitting(items, search);
  const categories = [...new Set(items.flatMap((item) => item.categories))].sort();
  const outdated = imports.data?.filter(({ isOutdated }) => isOutdated).length ?? 0;
  const problem = own.error ?? hubs.error;

  const set = (change: { [K in keyof HubSearch]: HubSearch[K] | null }, replace = false) =>
    void navigate({
      to: '/p/$project/hub',
      params: { project },
      search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value)) as HubSearch,
      replace,
    });

  return (
    <Screen title="Hub">
      <Tabs value={search.tab ?? 'items'} onChange={(tab) => set({ tab: tab === 'items' ? null : (tab as 'hubs' | 'imports') })}>
        <Tabs.List>
          <Tabs.Tab value="items">Items</Tabs.Tab>
          <Tabs.Tab value="hubs">Hubs of the team</Tabs.Tab>
          <Tabs.Tab value="imports" rightSection={outdated > 0 ? <Badge>{outdated} outdated</Badge> : null}>
            Imported
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="items" className={classes.tab}>
          <div className={classes.filters}>
            <TextInput
              aria-label="Text"
              placeholder="Name or description"
              leftSection={<IconSearch size={14} aria-hidden />}
              value={search.text ?? ''}
              onChange={(event) => set({ text: event.currentTarget.value }, true)}
              w={240}
            />
            <Select
              aria-label="Category"
              placeholder="All categories"
              data={categories}
              value={search.category ?? null}
              onChange={(category) => set({ category })}
              clearable
              w={170}
            />
            <Select
              aria-label="Hub"
              placeholder="All hubs"
              data={[ownHub, ...(hubs.data ?? []).map(({ name }) => name)]}
              value={search.from ?? null}
              onChange={(from) => set({ from })}
              clearable
              w={170}
            />
          </div>
          {problem ? (
            <ProblemNotice error={problem} onRetry={() => void Promise.all([own.refetch(), hubs.refetch()])} />
          ) : own.isPending ? (
            <Skeleton height={320} />
          ) : shown.length === 0 ? (
            <EmptyState title="No item fits">
              Nothing in the hubs fits text, category and hub. Take one of them away to see more.
            </EmptyState>
          ) : (
            <ul className={classes.grid}>
              {shown.map((item) => (
                <li key={`${item.hub ?? ''}/${item.name}`}>
                  <Link
                    to="/p/$project/hub/item"
                    params={{ project }}
                    search={{ name: item.name, ...(item.hub ? { hub: item.hub } : {}) }}
                    className={classes.card}
                  >
                    <span className={classes.cardHead}>
                      <strong className="line" title={item.name}>
                        {item.name}
                      </strong>
                      {item.version && <span className="quiet">{item.version}</span>}
                    </span>
                    <p className={classes.what}>{item.description}</p>
                    <Group gap={4}>
                      <Badge variant={item.hub ? 'light' : 'default'}>{item.hub ?? ownHub}</Badge>
                      {item.categories.map((category) => (
                        <Badge key={category}>{category}</Badge>
                      ))}
                    </Group>
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </Tabs.Panel>
        <Tabs.Panel value="hubs" className={classes.tab}>
          <Hubs project={project} />
        </Tabs.Panel>
        <Tabs.Panel value="imports" className={classes.tab}>
          <Imports project={project} />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}
