/** RFC 7541 Appendix C.3 to C.6: each a connection's blocks in order, with the fields and the table's size behind each. */
export interface Vector {
  readonly name: string
  readonly tableBytes: number
  readonly blocks: readonly { readonly hex: string; readonly fields: readonly string[] }[]
}

const requests = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
  [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ],
]
const location = 'location: https://www.example.com'
const responses = [
  [':status: 302', 'cache-control: private', 'date: Mon, 21 Oct 2013 20:13:21 GMT', location],
  [':status: 307', 'cache-control: private', 'date: Mon, 21 Oct 2013 20:13:21 GMT', location],
  [
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    location,
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
]

function blocks(hexes: readonly string[], fields: readonly string[][]): Vector['blocks'] {
  return hexes.map((hex, i) => ({ hex: hex.replaceAll(' ', ''), fields: fields[i] ?? [] }))
}

export const vectors: readonly Vector[] = [
  {
    name: 'C.3 requests without Huffman',
    tableBytes: 4096,
    blocks: blocks(
      [
        '828684410f7777772e6578616d706c652e636f6d',
        '828684be58086e6f2d6361636865',
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
      ],
      requests,
    ),
  },
  {
    name: 'C.4 requests with Huffman',
    tableBytes: 4096,
    blocks: blocks(
      [
        '828684418cf1e3c2e5f23a6ba0ab90f4ff',
        '828684be5886a8eb10649cbf',
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
      ],
      requests,
    ),
  },
  {
    name: 'C.5 responses without Huffman, with eviction',
    tableBytes: 256,
    blocks: blocks(
      [
        '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54' +
          '6e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        '4803333037c1c0bf',
        '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d' +
          '4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
      ],
      responses,
    ),
  },
  {
    name: 'C.6 responses with Huffman, with eviction',
    tableBytes: 256,
    blocks: blocks(
      [
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        '4883640effc1c0bf',
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960' +
          'd5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
      ],
      responses,
    ),
  },
]
