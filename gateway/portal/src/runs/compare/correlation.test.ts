import { expect, test } from 'vitest';
import type { Schema } from '../../api/client';
import { effectOf } from './correlation';

const of = (figures: Partial<Schema<'ParamCorrelation'>>) => effectOf({ param: 'a', kind: 'number', runs: 9, distinct: 3, ...figures });

test('of numbers the stronger counts, with its sign', () => expect(of({ pearson: -0.2, spearman: 0.1 })).toBe(-0.2));
test('of categories the root of the share', () => expect(of({ etaSquared: 0.25 })).toBe(0.5));
test('where nothing varies there is none', () => expect(of({ pearson: null })).toBeNull());
