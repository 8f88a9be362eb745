"""The PyTorch engine: what src-main/trainer/engines/engine.ts asks for, over a socket. Knows token ids only."""
