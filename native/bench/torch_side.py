"""PyTorch's side of `npm run bench engine`: reads one JSON request a line from standard input and answers with one line.

Two arrangements: `eager` is a Llama written by hand (fused scaled-dot-product attention, logits of completion positions only, a static cache when it
decodes) as a careful engineer would write it today; `transformers` is transformers with PEFT as they come.
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Linear(torch.nn.Module):
    """x [..., inputs] -> [..., outputs], plus the adapter's scale * x A^T B^T where it has one."""

    def __init__(self, weight, rank, alpha):
        super().__init__()
        self.weight = torch.nn.Parameter(weight, requires_grad=False)
        self.scale = alpha / rank if rank else 0.0
        outputs, inputs = weight.shape
        self.a = torch.nn.Parameter(torch.randn(rank, inputs) * 0.01) if rank else None
        self.b = torch.nn.Parameter(torch.randn(outputs, rank) * 0.01) if rank else None

    def forward(self, x):
        y = F.linear(x, self.weight)
        return y if self.a is None else y + F.linear(F.linear(x, self.a), self.b) * self.scale


class Llama(torch.nn.Module):
    def __init__(self, folder, rank, alpha):
        super().__init__()
        config = json.load(open(f"{folder}/config.json"))
        weights = load_file(f"{folder}/model.safetensors")
        self.heads, self.kv = config["num_attention_heads"], config["num_key_value_heads"]
        self.size, self.eps = config["head_dim"], config["rms_norm_eps"]
        self.embed = weights["model.embed_tokens.weight"]
        self.head = self.embed if config["tie_word_embeddings"] else weights["lm_head.weight"]
        self.norm = weights["model.norm.weight"]
        self.layers = torch.nn.ModuleList()
        for i in range(config["num_hidden_layers"]):
            at = f"model.layers.{i}."
            part = lambda name: Linear(weights[f"{at}{name}.weight"], rank, alpha)
            layer = torch.nn.Module()
            layer.norm1, layer.norm2 = weights[f"{at}input_layernorm.weight"], weights[f"{at}post_attention_layernorm.weight"]
            layer.q, layer.k, layer.v, layer.o = (part(f"self_attn.{n}_proj") for n in "qkvo")
            layer.gate, layer.up, layer.down = (part(f"mlp.{n}_proj") for n in ("gate", "up", "down"))
            self.layers.append(layer)
        theta, half = config["rope_theta"], self.size // 2
        angles = torch.outer(torch.arange(config["max_position_embeddings"]).float(), theta ** (-torch.arange(half).float() / half))
        self.cos, self.sin = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)

    def rotate(self, x, cos, sin):
        left, right = x.chunk(2, -1)
        return x * cos + torch.cat((-right, left), -1) * sin

    def hidden(self, tokens, positions, attend):
        """tokens [batch, length], positions [length] -> [batch, length, d]."""
        batch, length = tokens.shape
        x, cos, sin = F.embedding(tokens, self.embed), self.cos[positions], self.sin[positions]
        split = lambda y, n: y.view(batch, length, n, self.size).transpose(1, 2)
        for i, layer in enumerate(self.layers):
            h = F.rms_norm(x, (x.shape[-1],), layer.norm1, self.eps)
            q, k = self.rotate(split(layer.q(h), self.heads), cos, sin), self.rotate(split(layer.k(h), self.kv), cos, sin)
            y = attend(i, q, k, split(layer.v(h), self.kv))
            x = x + layer.o(y.transpose(1, 2).reshape(batch, length, -1))
            h = F.rms_norm(x, (x.shape[-1],), layer.norm2, self.eps)
            x = x + layer.down(F.silu(layer.gate(h)) * layer.up(h))
        return F.rms_norm(x, (x.shape[-1],), self.norm, self.eps)

    def causal(self, _, q, k, v):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.kv)


def policy_loss(logits, targets, old, advantages):
    """Clipped surrogate, mean over tokens. logits [n, vocabulary]; the rest [n]."""
    logprobs = F.log_softmax(logits, -1).gather(-1, targets[:, None])[:, 0]
    ratio = (logprobs - old).exp()
    return -torch.min(ratio * advantages, ratio.clamp(0.8, 1.28) * advantages).mean()


class Side:
    def open(self, folder, kind, rank, alpha, threads, seed):
        torch.set_num_threads(threads)
        torch.manual_seed(seed)
        self.kind = kind
        if kind == "eager":
            self.model = Llama(folder, rank, alpha)
        else:
            import transformers

            transformers.logging.set_verbosity_error()
            self.model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
            if rank:
                import peft

                self.model = peft.get_peft_model(self.model, peft.LoraConfig(r=rank, lora_alpha=alpha, target_modules=TARGETS))
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-6, weight_decay=0.0) if trained else None
        self.trained = trained
        return {"torch": torch.__version__, "trained": sum(p.numel() for p in trained)}

    def train(self, prompts, completions):
        tokens = torch.tensor([p + c for p, c in zip(prompts, completions)])
        start, count = len(prompts[0]), len(completions[0])
        targets = torch.tensor(completions).reshape(-1)
        old = torch.full((targets.numel(),), -8.0)
        advantages = torch.where(torch.arange(len(prompts)) % 2 == 0, 1.0, -1.0).repeat_interleave(count)
        if self.kind == "eager":
            hidden = self.model.hidden(tokens, torch.arange(tokens.shape[1]), self.model.causal)
            logits = F.linear(hidden[:, start - 1 : -1], self.model.head)
        else:
            logits = self.model(input_ids=tokens).logits[:, start - 1 : -1]
        loss = policy_loss(logits.reshape(-1, logits.shape[-1]), targets, old, advantages)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return {"loss": float(loss.detach())}

    @torch.inference_mode()
    def decode(self, prompts, count):
        tokens = torch.tensor(prompts)
        if self.kind != "eager":
            mask = torch.ones_like(tokens)
            self.model.generate(
                tokens, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, min_new_tokens=count, max_new_tokens=count, pad_token_id=0
            )
            return {"tokens": len(prompts) * count}
        model, (batch, length) = self.model, tokens.shape
        whole = length + count
        keys = [torch.zeros(batch, model.kv, whole, model.size) for _ in model.layers]
        values = [torch.zeros_like(k) for k in keys]
        at = 0

        def attend(i, q, k, v):
            keys[i][:, :, at : at + k.shape[2]] = k
            values[i][:, :, at : at + k.shape[2]] = v
            end = at + k.shape[2]
            return F.scaled_dot_product_attention(
                q, keys[i][:, :, :end], values[i][:, :, :end], is_causal=at == 0, enable_gqa=model.heads != model.kv
            )

        logprobs = []
        hidden = model.hidden(tokens, torch.arange(length), attend)[:, -1]
        at = length
        for t in range(count):
            shares = F.softmax(F.linear(hidden, model.head), -1)
            drawn = torch.multinomial(shares, 1)
            logprobs.append(shares.gather(-1, drawn).log())
            if t + 1 < count:
                hidden = model.hidden(drawn, torch.tensor([at]), attend)[:, -1]
                at += 1
        return {"tokens": len(prompts) * count}

    def gemm(self, m, k, n):
        """Floating-point operations a second of [m, k] x [k, n], in float32."""
        a, b = torch.randn(m, k), torch.randn(k, n)
        a @ b
        start, runs = time.perf_counter(), 0
        while time.perf_counter() - start < 0.5:
            a @ b
            runs += 1
        return {"flops": 2 * m * k * n * runs / (time.perf_counter() - start)}

    def peak(self):
        return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main():
    side, out = Side(), sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        result = getattr(side, request["op"])(**request.get("args", {}))
        out.write(json.dumps({"seconds": time.perf_counter() - start, **result}) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
