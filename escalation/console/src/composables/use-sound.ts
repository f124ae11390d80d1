// A tone made here: no file to fetch, nothing that can be missing at three in the night.
import type { Level } from '@/api/schema'

let context: AudioContext | null = null

/** Browsers let a page sound only after a first gesture; called from one. */
export function unlockSound(): void {
  context ??= 'AudioContext' in window ? new AudioContext() : null
  if (context?.state === 'suspended') void context.resume()
}

export function soundReady(): boolean {
  return context?.state === 'running'
}

/** Level 4: three falling pairs; below: two soft rising tones. Each round of the ladder is louder, up to a limit. */
export function playAlert(level: Level, round: number): void {
  if (!context) return
  const volume = Math.min(0.5, 0.15 + 0.05 * round)
  const notes = level >= 4 ? [880, 660, 880, 660, 880, 660] : [523, 659]
  notes.forEach((frequency, i) => tone(context as AudioContext, frequency, i * 0.22, volume))
}

function tone(audio: AudioContext, frequency: number, after: number, volume: number): void {
  const [oscillator, gain, start] = [audio.createOscillator(), audio.createGain(), audio.currentTime + after]
  oscillator.frequency.value = frequency
  gain.gain.setValueAtTime(0, start)
  gain.gain.linearRampToValueAtTime(volume, start + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.2)
  oscillator.connect(gain).connect(audio.destination)
  oscillator.start(start)
  oscillator.stop(start + 0.21)
}
