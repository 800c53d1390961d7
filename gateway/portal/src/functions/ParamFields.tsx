import { Input, MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core';
import { type FormParam, faultOf, rangeOf } from './params';

interface ParamFieldsProps {
  params: readonly FormParam[];
  values: Readonly<Record<string, string>>;
  onChange: (name: string, value: string) => void;
  /** Whether what is missing is told, not only what is wrong. */
  strict: boolean;
}

/** A field for each param: its type, default, range and words. */
export function ParamFields({ params, values, onChange, strict }: ParamFieldsProps) {
  return params.map((param) => (
    <ParamField
      key={param.name}
      param={param}
      value={values[param.name] ?? ''}
      onChange={(value) => onChange(param.name, value)}
      strict={strict}
    />
  ));
}

function ParamField({
  param,
  value,
  onChange,
  strict,
}: {
  param: FormParam;
  value: string;
  onChange: (value: string) => void;
  strict: boolean;
}) {
  const fault = value === '' && !strict ? null : faultOf(param, value);
  const range = rangeOf(param);
  const hint = [param.description, range && `${param.kind === 'integer' ? 'Whole number, ' : ''}${range}.`].filter(Boolean).join(' ');
  const shared = {
    label: param.name,
    description: hint || undefined,
    error: fault,
    withAsterisk: param.required && param.fallback === undefined,
  };
  switch (param.kind) {
    case 'choice':
      return (
        <Select
          {...shared}
          size="xs"
          data={param.choices ?? []}
          value={value || null}
          placeholder={param.fallback}
          onChange={(next) => onChange(next ?? '')}
          clearable
        />
      );
    case 'choices':
      return (
        <MultiSelect
          {...shared}
          size="xs"
          data={param.choices ?? []}
          value={value ? value.split(',').map((part) => part.trim()) : []}
          placeholder={value ? '' : (param.fallback ?? 'All that suit')}
          onChange={(next) => onChange(next.join(','))}
          clearable
        />
      );
    case 'boolean':
      return (
        <Input.Wrapper {...shared} labelElement="div" size="xs">
          <div>
            <SegmentedControl
              aria-label={param.name}
              mt={4}
              value={value}
              onChange={onChange}
              data={[
                { value: '', label: param.fallback === undefined ? 'not set' : `default (${param.fallback})` },
                { value: 'true', label: 'true' },
                { value: 'false', label: 'false' },
              ]}
            />
          </div>
        </Input.Wrapper>
      );
    default:
      return (
        <TextInput
          {...shared}
          value={value}
          placeholder={param.fallback}
          inputMode={param.kind === 'integer' ? 'numeric' : param.kind === 'number' ? 'decimal' : 'text'}
          onChange={(event) => onChange(event.currentTarget.value)}
          autoComplete="off"
        />
      );
  }
}
