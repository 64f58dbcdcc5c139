import { contentCodings } from '../model/filters/compress.ts'
import { counter, type MetricFact, type Split } from './metric-fact.ts'

const byEncoding: Split = { label: 'encoding', values: contentCodings }

/** What the filter `compress` does, on routes that have compressed something. */
export const compressFacts: readonly MetricFact[] = [
  counter(
    'compress_route',
    'compressed_responses_total',
    'Responses that were sent compressed, those among them that broke off.',
    byEncoding,
  ),
  counter(
    'compress_route',
    'compression_input_bytes_total',
    'Bytes of their bodies before they were compressed.',
    byEncoding,
  ),
  counter(
    'compress_route',
    'compression_output_bytes_total',
    'Bytes of their bodies as they were sent.',
    byEncoding,
  ),
]
