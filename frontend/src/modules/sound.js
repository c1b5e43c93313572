// A chime without a file, and the browser's own voices. Both are silent until a browser allows sound: after a click.
const NOTES = [659.25, 523.25]; // e, c: down a third, as at a door
const NOTE_SECONDS = 0.55;
const LONGEST_SPEECH = 15_000;

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Sound {
  constructor() {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    this.context = Context && new Context();
    this.voices = window.speechSynthesis;
    this.voices?.getVoices(); // browsers load them at the first question
  }

  get allowed() {
    return !this.context || this.context.state === "running";
  }

  /** Call it from a click; before one, it succeeds only where the browser was told to allow sound. */
  async allow() {
    await Promise.race([this.context?.resume(), wait(500)]).catch(() => {});
    if (this.allowed && this.voices && navigator.userActivation?.isActive) this.voices.speak(new SpeechSynthesisUtterance(""));
    return this.allowed;
  }

  async chime() {
    if (!this.context || !this.allowed) return;
    NOTES.forEach((frequency, at) => this.note(frequency, this.context.currentTime + at * NOTE_SECONDS * 0.7));
    await wait(NOTES.length * NOTE_SECONDS * 1000);
  }

  note(frequency, start) {
    const tone = this.context.createOscillator();
    const volume = this.context.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.4, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
    tone.connect(volume).connect(this.context.destination);
    tone.start(start);
    tone.stop(start + NOTE_SECONDS);
  }

  /** Says `text` by a voice of the language; where there is none, nothing is said. */
  async speak(text, language) {
    const voice = this.voiceOf(language);
    if (!voice || !this.allowed) return;
    const words = (this.words = new SpeechSynthesisUtterance(text)); // kept: browsers lose one that nobody holds
    words.voice = voice;
    words.lang = voice.lang;
    words.rate = 0.9;
    const said = new Promise((resolve) => (words.onend = words.onerror = resolve));
    this.voices.cancel();
    this.voices.speak(words);
    await Promise.race([said, wait(LONGEST_SPEECH)]);
  }

  voiceOf(language) {
    const wanted = language.toLowerCase();
    const found = (this.voices?.getVoices() ?? []).map((voice) => [voice.lang.replace("_", "-").toLowerCase(), voice]);
    const same = found.find(([spoken]) => spoken === wanted);
    return (same ?? found.find(([spoken]) => spoken.split("-")[0] === wanted.split("-")[0]))?.[1];
  }
}
