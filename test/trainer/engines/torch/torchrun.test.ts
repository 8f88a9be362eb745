import { describe, expect, test } from 'vitest'
import { isElastic, torchrunArguments } from '#trainer/engines/torch/torchrun'

const meeting = { VERITUNE_HOSTS: '2', VERITUNE_RENDEZVOUS: 'first:29500', VERITUNE_RENDEZVOUS_ID: '4711' }

describe('torchrun', () => {
  test('is not needed for a process alone', () => {
    expect(torchrunArguments(1, {})).toEqual([])
    expect(torchrunArguments(1, { VERITUNE_HOSTS: '1', VERITUNE_RENDEZVOUS: 'first:29500' })).toEqual([])
    expect([isElastic(1, {}), isElastic(2, {}), isElastic(1, meeting)]).toEqual([false, true, true])
  })

  test('starts the processes of this computer, or of each host that meets the others', () => {
    expect(torchrunArguments(8, {}).join(' ')).toMatch(/^-m torch\.distributed\.run --standalone --nproc-per-node 8 /)
    expect(torchrunArguments(8, meeting).join(' ')).toMatch(
      /--nnodes 2 --rdzv-backend c10d --rdzv-id 4711 --rdzv-endpoint first:29500 --nproc-per-node 8 /,
    )
  })

  test.each([
    [{ VERITUNE_HOSTS: '2' }, /VERITUNE_HOSTS is 2, and VERITUNE_RENDEZVOUS does not say where they meet/],
    [{ VERITUNE_HOSTS: '2', VERITUNE_RENDEZVOUS: 'first' }, /"first", which is not of the form host:port/],
    [{ VERITUNE_HOSTS: 'two', VERITUNE_RENDEZVOUS: 'first:29500' }, /"two", which is no number of hosts/],
    [{ VERITUNE_HOSTS: '0' }, /no number of hosts/],
    [{ VERITUNE_HOSTS: '' }, /no number of hosts/],
  ])('is not started for hosts that are not clear: %o', (environment, sentence) => {
    expect(() => torchrunArguments(1, environment)).toThrow(sentence)
  })
})
