import { describe, expect, test } from 'vitest'
import { graphicsFinding } from '#trainer/commands/doctor'

describe('what the doctor says of the graphics device', () => {
  const passed = { state: 'available', caseCount: 58, worstError: 1.4e-6 } as const

  test('one that passed and is fast is offered with the setting', () => {
    const { state, finding } = graphicsFinding({ ...passed, speedup: 120 })
    expect(state).toBe('good')
    expect(finding).toMatch(/largest error 1\.4e-6.* 120 times/)
    expect(finding).toContain('--set device=webgpu')
  })

  test('one that passed and is slow is not', () => {
    const { state, finding, remedy } = graphicsFinding({ ...passed, speedup: 0.01 })
    expect(state).toBe('warning')
    expect(finding).not.toContain('--set')
    expect(remedy).toContain('cpu')
  })

  test('one that differs is refused with the reason', () => {
    const device = { state: 'refused', reason: 'rmsNorm (1), gradient:x0 differs from the CPU’s by 1.1e+0' } as const
    expect(graphicsFinding(device)).toMatchObject({ state: 'warning', finding: `refused: ${device.reason}` })
  })

  test('none is a warning that says what one would add', () => {
    const { state, remedy } = graphicsFinding({ state: 'absent', reason: 'No supported adapters' })
    expect(state).toBe('warning')
    expect(remedy).toContain('Vulkan')
  })
})
