// An input, output or inner value: its name and type. Types nest, so their depth is bounded.
import type { RejectionPlace } from '../rejection.ts';
import { entrySink } from './entry-sink.ts';
import type { ScanContext } from './scan-context.ts';
import type { Extent, Sink } from './sink.ts';

export type ValueType =
  | {
      readonly kind: 'tensor';
      /** TensorProto.DataType. */
      readonly elementType: number;
      /** undefined: not even the number of dimensions is declared. */
      readonly dims: readonly (number | string | null)[] | undefined;
    }
  | { readonly kind: 'sequence' | 'map' | 'optional' | 'sparse' | 'opaque' };

export interface ValueInfo {
  readonly name: string;
  readonly type: ValueType | undefined;
  readonly extent: Extent;
  readonly place: RejectionPlace;
}

export const valueSink = (scan: ScanContext, onClose: (value: ValueInfo) => void): Sink => {
  let name = '';
  let type: ValueType | undefined;
  return {
    name: (_, value) => {
      name = value;
    },
    message: (field) => {
      if (field !== 'type') return entrySink(scan);
      return typeSink(scan, 1, (closed) => {
        type = closed;
      });
    },
    close: (extent) => onClose({ name, type, extent, place: { path: scan.place().path, offset: extent.start } }),
  };
};

const kinds: Readonly<Record<string, 'sequence' | 'map' | 'optional' | 'sparse' | 'opaque'>> = {
  sequence_type: 'sequence',
  map_type: 'map',
  opaque_type: 'opaque',
  sparse_tensor_type: 'sparse',
  optional_type: 'optional',
};

export const typeSink = (scan: ScanContext, depth: number, onClose: (type: ValueType | undefined) => void): Sink => {
  if (depth > scan.bounds.typeDepth)
    throw scan.reject('too_deep', `types must nest at most ${scan.bounds.typeDepth} deep`);
  let type: ValueType | undefined;
  return {
    message: (field) => {
      const kind = kinds[field];
      if (kind === undefined || kind === 'sparse') {
        return tensorTypeSink(scan, (elementType, dims) => {
          type = kind ? { kind } : { kind: 'tensor', elementType, dims };
        });
      }
      type = { kind };
      return { message: () => typeSink(scan, depth + 1, () => {}) };
    },
    close: () => onClose(type),
  };
};

const tensorTypeSink = (
  scan: ScanContext,
  onClose: (elementType: number, dims: (number | string | null)[] | undefined) => void,
): Sink => {
  let elementType = 0;
  let dims: (number | string | null)[] | undefined;
  return {
    int: (_, value) => {
      elementType = value;
    },
    message: () => {
      const sizes: (number | string | null)[] = [];
      dims = sizes;
      return { message: () => dimSink(scan, sizes) };
    },
    close: () => onClose(elementType, dims),
  };
};

const dimSink = (scan: ScanContext, sizes: (number | string | null)[]): Sink => {
  let size: number | string | null = null;
  return {
    int: (_, value) => {
      if (value < -1 || value > scan.bounds.dimension) {
        throw scan.reject('tensor_shape', `'dim_value' must be between -1 and ${scan.bounds.dimension}, got ${value}`);
      }
      size = value === -1 ? null : value;
    },
    name: (_, value) => {
      size = value === '' ? null : value;
    },
    close: () => {
      sizes.push(size);
      scan.atMost('dimensions of a tensor', sizes.length, scan.bounds.rank);
    },
  };
};
