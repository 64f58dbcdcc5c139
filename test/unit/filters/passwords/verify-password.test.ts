import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyPassword } from '../../../../src/filters/passwords/verify-password.ts'

/** Lengths at which the steps of SHA-crypt take another turn. */
const as32 = 'a'.repeat(32)
const as64 = 'a'.repeat(64)

/** Made by htpasswd 2.4 (Apache), openssl passwd 3.0 and mkpasswd 5.5 (whois), with the options that stand in front. */
const vectors: readonly (readonly [how: string, password: string, hash: string])[] = [
  ['htpasswd -B -C 5', 'tr0ub4dor&3', '$2y$05$wxPNVH7K2h3OAzyPuKBmnuVkr0uZ8fcIAZlcaDK3Gqm.uzpGCncsa'],
  ['htpasswd -m', 'tr0ub4dor&3', '$apr1$JGId5.zW$KDBPjjzwwFUGMll1Ofc521'],
  ['htpasswd -s', 'tr0ub4dor&3', '{SHA}KBOXsfeICt4PU1MKVdmvAhC5rXs='],
  ['htpasswd -2', 'tr0ub4dor&3', '$5$QqtKMG610Eyg/aZF$PBbU5ikwgQaEBsjHDhFce62B3nqPSFn5tc5cnJxDhg/'],
  [
    'htpasswd -5 -r 1000',
    'tr0ub4dor&3',
    '$6$rounds=1000$maXoJT2V4A1Cyn6B$Aht6/1ltGqG/DbUbCCiVqvNcsIDd.ck80NAKJ9Qa48lbHD4IkNAz7pRJeaiHuOydKbUb1aD8n8vumDNdbu1Wk.',
  ],
  ['openssl passwd -apr1', 'tr0ub4dor&3', '$apr1$38Yf3lSy$z63JhfvunwBGtDWAX5HWV0'],
  ['openssl passwd -5', 'tr0ub4dor&3', '$5$m.8AVIbdeEw.0FY3$Ih35xzVEbjbhgEedooTpZkAAqnTJW8XXJt9Lx7Fh6z/'],
  [
    'openssl passwd -6',
    'tr0ub4dor&3',
    '$6$zrv4K6f3iwz88jJ9$bFV5rsGVALNpr.BHFuX4vYXEXflVLNDBqnklDcN6rUzNERJmuq8gq.0zCf8VBO9ZymI.uQMzj9jU2iItpqPq20',
  ],
  [
    'mkpasswd -m bcrypt-a -R 5',
    'tr0ub4dor&3',
    '$2a$05$NCO2u85cFmfoY4ajZqrubOv/YgScBvcSyxbWy.qeTjEdJvMMZbHrK',
  ],
  ['mkpasswd -m bcrypt -R 5', 'tr0ub4dor&3', '$2b$05$EuZUW.oH9O3oVBUUE4h88esQmw25rLtLE1rYIwmKjvOYjV./NdEDu'],
  [
    'mkpasswd -m sha-256 -R 1500',
    'tr0ub4dor&3',
    '$5$rounds=1500$Jr7EwiTnzA4GLRG6$QHb.E5q1KHNC2Kr73hAckJTSGq7fZgRtFQplaTbeaC3',
  ],
  [
    'mkpasswd -m sha-512 -R 1000',
    'tr0ub4dor&3',
    '$6$rounds=1000$M6pM0vcckeaK4UZp$FnzrOUApPVFvgTxA0vmI4P0KqHPaTtFNwGJ7KtML3nEdp.vShKqCfEHeuDVFScujk3NDgfW.ynJWMxIEBPQF3.',
  ],
  ['htpasswd -B -C 5', 'pässwörd ✓', '$2y$05$uN.T/pKycHYZYg7ykpJKgeyqeEFEkoSDFIChm.Ui4UyXWN1eq6rcO'],
  ['htpasswd -m', 'pässwörd ✓', '$apr1$gOkPFovc$GmgDzzwkkPPvROrSTRB.c.'],
  ['htpasswd -s', 'pässwörd ✓', '{SHA}OOfnyHhavavQu7gAvp4qK8NTt2k='],
  ['htpasswd -2', 'pässwörd ✓', '$5$Yscuf9UX1UwojKga$hruMcaV6BxSdr7LR9iNel./LJpCjSviZzQ9SgekRB22'],
  [
    'htpasswd -5 -r 1000',
    'pässwörd ✓',
    '$6$rounds=1000$ULx2q1O5bTGwyd40$Rl.jKCwOWRfV093Qb58BaCj2TGoobyv.ag2GSfEKkcHHzkB6UhuWQ1TITPgbixfB5m7/LHnPOAWnFTXMBtQra/',
  ],
  ['openssl passwd -apr1', 'pässwörd ✓', '$apr1$YGqzLnkf$WeyfVtPGNAG/C0y7H9jIt/'],
  ['openssl passwd -5', 'pässwörd ✓', '$5$Ii9RhkGGhY1NPxDj$eXC.aNcSJNq//dPDJdSyfnH.3bOrBhjhfzSGChU6fy5'],
  [
    'openssl passwd -6',
    'pässwörd ✓',
    '$6$FLqJ2Az0RxnmbDdT$klgnKAGQkZhUdSJbxE6FAGugb.oah.fDTGEjTlXUod7/T7EK4W8BIZW9UzlZ2dxJcXuFHfGF96W4tAWcs1QcF.',
  ],
  ['mkpasswd -m bcrypt-a -R 5', 'pässwörd ✓', '$2a$05$rsnOjSvyYomuwKez/Gl3KejO063bjrq/v8nlgunMfy9uBYatXVj16'],
  ['mkpasswd -m bcrypt -R 5', 'pässwörd ✓', '$2b$05$3RDg8a/Oh2Hbt8svyDGn0eDO7OKNWx8Y6NQ/eo3pHbiBa/63e7oeW'],
  [
    'mkpasswd -m sha-256 -R 1500',
    'pässwörd ✓',
    '$5$rounds=1500$w5t5L6NeZ23YoD6z$XG6I.nOjlYThwDOx3oN/P3Lh/bRCg9p.mtaVpAJnrR0',
  ],
  [
    'mkpasswd -m sha-512 -R 1000',
    'pässwörd ✓',
    '$6$rounds=1000$Nwx3HYcfwj72Q8y1$3V.vKRySCIKBE5U83tCZrpSd22Dgo/vnp4TnRqCnzi8svnd9dIVjGWpMSyDpr0YBkryXrATxT1No8cWxUzgFo.',
  ],
  ['htpasswd -B -C 5', as32, '$2y$05$ZPvgIvrkYxKPy65WVQy37edJWfRGU33VCINacZc7vmOquwE82ioIm'],
  ['htpasswd -m', as32, '$apr1$N5ocEy/f$6lc2JTa6QsGrDNPoSUE3t0'],
  ['htpasswd -s', as32, '{SHA}aPhKWaPKLQ5csWRvuxZNpAm12PI='],
  ['htpasswd -2', as32, '$5$WywJHc/ehljvXn0B$P7.uexwFe440RJbveqC84VgqL7Qp/H/MXeZMYwV3mxA'],
  [
    'htpasswd -5 -r 1000',
    as32,
    '$6$rounds=1000$v9xH3anl1544MOAe$Tnnnzk/Z2V18oWAq2vvp/xJGlM6LP2UBgi6W0NgtPOTw7NkRc7nZH1sO3HVyF8Yn8VK26tD1y15k3gnn/7baO1',
  ],
  ['openssl passwd -apr1', as32, '$apr1$/ccFfmRV$uYNz13k8e0N6LEbH34Q5J/'],
  ['openssl passwd -5', as32, '$5$BQRNe/fj9WuJOQv.$7UH..omV271jXy85LTIJ0nM/gtoLZAlYDD7lIeTijbB'],
  [
    'openssl passwd -6',
    as32,
    '$6$lrBplTapOeTvMDgq$grhKK5dVKhfIwOtnpsjWsgPuQ9wldNjeEqkvxv0Teg4qFCrIb/FWwuit0M8Wu53tKe0GWBCfr6cdR3F1eUUjR0',
  ],
  ['mkpasswd -m bcrypt-a -R 5', as32, '$2a$05$D1J1MXejlGsFk6zHTpsbQe79RX5at3FgU4R75W4WkObBYZoSzt.Ni'],
  ['mkpasswd -m bcrypt -R 5', as32, '$2b$05$qodR89nDVm9ONQU7u1QSzenPa23aDnolo8CbUIAzKTJZ6gCQ31u0.'],
  [
    'mkpasswd -m sha-256 -R 1500',
    as32,
    '$5$rounds=1500$JeBHcN0IhBoBuRzM$fJ9w4p9IMjvA1VHNXngO/7LCr76yv0vi1XBQoTi2Z3A',
  ],
  [
    'mkpasswd -m sha-512 -R 1000',
    as32,
    '$6$rounds=1000$HUurXmKlhvPtqp3V$niCw8T6F89gNckrfcCg78CLEZ6yE4QbG5mmerKVJyBx.ozz.w88WyvkgdmpNttjkPq/iFPDuLB15tB9yrCKS01',
  ],
  ['htpasswd -B -C 5', as64, '$2y$05$SfUm1bMjTaitm/eROciHtuPLz1HP.p4T8EAM7s3yY9SpevqLeZFM2'],
  ['htpasswd -m', as64, '$apr1$ncjNr4N8$HCeGf93nZYQUJ8XrhEcip0'],
  ['htpasswd -s', as64, '{SHA}AJi6gktcFkJ716ESKlpEKiXsZE0='],
  ['htpasswd -2', as64, '$5$p7Pi4.ccxwPGw8e1$RROYS0KaQTShuMB3FTUySVOmag3YN7BY9LmGb6hTCS2'],
  [
    'htpasswd -5 -r 1000',
    as64,
    '$6$rounds=1000$CSqP0pO.nkz1J6Aa$YVGhNbuDRRIb4uJXEKKWaWO6nM3.4eZqEw6BgILpjEgtrIMtJFU.Os8Adg4L2R0JYppeWvMEuffFd9VZFOJ.51',
  ],
  ['openssl passwd -apr1', as64, '$apr1$oIUVTD14$aid9pTx2N9tFvsoitl4co1'],
  ['openssl passwd -5', as64, '$5$8S8z6djlwAUvKe1k$PWzUhFxLEQKPGIS2TIIq1nadUqcGHPW8CTqzYRB.4r/'],
  [
    'openssl passwd -6',
    as64,
    '$6$YkKHMaYWAp6EfKxu$PYkdLLndJ4Wvo.xe54XwsOe/fR13p1xLp4iYvm8tfCtERXPkoweb6Ycy7ZSqNiwQLhMEpcy3x.20x1i4KkLxm.',
  ],
  ['mkpasswd -m bcrypt-a -R 5', as64, '$2a$05$XXIoFp52alMXrpnJ3L8.VuWnzjG0GbiOL.2O.Skqi1XySM1OqHWfK'],
  ['mkpasswd -m bcrypt -R 5', as64, '$2b$05$aCnorpByJxyUvn8cepRLAuX.ehDFbzchNKgL/WZfQg3NbtuC.iXYS'],
  [
    'mkpasswd -m sha-256 -R 1500',
    as64,
    '$5$rounds=1500$KEI6ZomJ2xR4v0t2$kSea8xnUzSyEUu0ALVcFkGlYS8TV./Y8u0n2KQ.1s01',
  ],
  [
    'mkpasswd -m sha-512 -R 1000',
    as64,
    '$6$rounds=1000$5Rmpgs98mH/7iPt2$w3rfAHuf62vDxAdDdWsJEVzDNA7tQruy60HpezmMk7u1ds/KZVCqAQbTDD/yrj.bv0uv8lofJEjwxxk0WgagJ/',
  ],
]

describe('a password is checked', () => {
  for (const [how, password, hash] of vectors) {
    test(`against a hash of ${how}, for ${password.length} characters`, () => {
      assert.equal(verifyPassword(password, hash), true)
      assert.equal(verifyPassword(`${password}x`, hash), false)
      assert.equal(verifyPassword('', hash), false)
    })
  }

  test('up to the 72nd byte with bcrypt, as everywhere', () => {
    const hash = '$2b$04$NlTXdCqvEGBJrcvMK0j4H.4F4OgSQP9pgeVYNo2ygRw8nGcxNkA.q'
    assert.equal(verifyPassword(`${'b'.repeat(72)}more`, hash), true)
  })

  test('an empty password is one like others', () => {
    assert.equal(verifyPassword('', '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk='), true)
  })

  for (const hash of ['', 'plain', '$1$salt$qJH7.N4xYta3aEG/dfqo/0', '$2y$05$short', '$6$salt$short']) {
    test(`a hash that is none, "${hash}", is nobody's`, () => {
      assert.equal(verifyPassword('plain', hash), false)
    })
  }
})
