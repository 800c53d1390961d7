import type { Schema } from '../api/client';
import classes from './FunctionScreen.module.css';
import { formParam, rangeOf } from './params';

/** Declared params: type, what they may be, default, and words. */
export function ParamTable({ params }: { params: readonly (Schema<'ParamSpec'> | Schema<'HubParam'>)[] }) {
  return (
    <table className={classes.params}>
      <thead>
        <tr>
          <th scope="col">Param</th>
          <th scope="col">Type</th>
          <th scope="col">Default</th>
          <th scope="col">Description</th>
        </tr>
      </thead>
      <tbody>
        {params.map((spec) => {
          const param = formParam(spec);
          const may = param.choices ? param.choices.join(', ') : rangeOf(param);
          return (
            <tr key={spec.name}>
              <th scope="row" className="mono">
                {spec.name}
              </th>
              <td>{spec.type ?? 'string'}</td>
              <td>
                {param.fallback !== undefined ? (
                  <code>{param.fallback}</code>
                ) : param.required ? (
                  'needed'
                ) : (
                  <span className="quiet">none</span>
                )}
              </td>
              <td>
                {param.description}
                {may && <div className="quiet">{param.choices ? `One of ${may}` : may.charAt(0).toUpperCase() + may.slice(1)}</div>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
