using System;
using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class ModelConfigTests
{
    [Fact]
    public void Reads_a_file_written_by_hand()
    {
        var config = ModelConfig.Read(Path.Combine(AppContext.BaseDirectory, "reference", "tiny-trainlike", "config.json"));
        Assert.Equal(
            (40, 5, 8, 112, 128, 64, 2, 2, 1),
            (config.Width, config.Heads, config.HeadWidth, config.Hidden, config.Vocabulary, config.Context,
                config.PreludeBlocks, config.CoreBlocks, config.CodaBlocks));
        Assert.Equal((1e-6f, 50_000.0), (config.NormEpsilon, config.RotaryBase));
        Assert.Equal((true, false, 16, 4),
            (config.QueryKeyBias, config.TiedEmbedding, config.MeanRecurrence, config.MeanBackpropagation));
    }

    [Fact]
    public void Reads_a_file_written_by_the_library()
    {
        var config = ModelConfig.Read(Path.Combine(AppContext.BaseDirectory, "reference", "tiny-bf16", "config.json"));
        Assert.Equal((96, 3, 32, false, true), (config.Width, config.Heads, config.HeadWidth, config.QueryKeyBias,
            config.TiedEmbedding));
    }

    [Fact]
    public void Reads_the_shape_of_the_published_model()
    {
        var config = Parse("""
            {"activation_checkpoint_impl":"per-iteration","architecture_class_name":"RecurrentGPT",
             "architectures":["RavenForCausalLM"],"auto_map":{"AutoConfig":"raven_config_minimal.RavenConfig"},
             "bias":false,"block_class_name":"SandwichBlock","block_size":4096,"effective_expected_depth":132,
             "head_dim":96,"init_orthogonal":false,"init_strategy":"takase",
             "init_values":{"embed_scale":72.6636084983398,"embedding":0.008703882797784892,
                            "out_proj":0.0005356869554443541,"std":0.008703882797784892},
             "injection_type":"linear","intermediate_size":17920,"mean_backprop_depth":8,"mean_recurrence":32,
             "mlp_class_name":"GatedMLP","model_type":"huginn_raven","n_embd":5280,"n_heads":55,"n_layers":8,
             "n_layers_in_coda":2,"n_layers_in_prelude":2,"n_layers_in_recurrent_block":4,"nonlin_name":"SiLU",
             "norm_class_name":"RMSNorm_llama","norm_eps":1e-06,"num_key_value_heads":55,"padded_vocab_size":65536,
             "padding_multiple":4096,"qk_bias":true,"rope_base":50000,"sampling_scheme":"poisson-lognormal-filling",
             "state_init":"like-init","test_time_noise":0,"test_time_noise_type":"fixed","tie_embeddings":true,
             "torch_dtype":"float32","transformers_version":"4.47.1","use_cache":true,"vocab_size":65536,
             "bos_token_id":65504,"eos_token_id":[65505,65508],"pad_token_id":65509}
            """);
        Assert.Equal((5280, 55, 96, 8), (config.Width, config.Heads, config.HeadWidth, config.Blocks));
        Assert.Equal(65504, config.BeginToken);
        Assert.Equal([65505, 65508], config.EndTokens);
        Assert.Equal(65509, config.PadToken);
    }

    [Fact]
    public void Takes_the_published_defaults_for_what_is_left_out()
    {
        var config = new SmallCheckpoint().Parsed();
        Assert.Equal(
            (50_000.0, 1e-6f, 32, 8), (config.RotaryBase, config.NormEpsilon, config.MeanRecurrence, config.MeanBackpropagation));
        Assert.Null(config.BeginToken);
        Assert.Empty(config.EndTokens);
        Assert.Equal(Math.Sqrt(8), config.EmbeddingScale);
        Assert.Equal(Math.Sqrt(0.05), config.InitialStateDeviation, 1e-15);
    }

    [Theory]
    [InlineData("n_embd")]
    [InlineData("n_heads")]
    [InlineData("intermediate_size")]
    [InlineData("vocab_size")]
    [InlineData("block_size")]
    [InlineData("n_layers_in_prelude")]
    [InlineData("n_layers_in_recurrent_block")]
    [InlineData("n_layers_in_coda")]
    [InlineData("model_type")]
    public void Names_a_key_that_is_missing(string key)
    {
        var small = new SmallCheckpoint();
        small.Config.Remove(key);
        var message = Assert.Throws<InvalidDataException>(() => small.Parsed()).Message;
        Assert.StartsWith($"config.json: key '{key}': found nothing, expected ", message);
    }

    [Theory]
    [InlineData("model_type", "\"llama\"", "huginn_raven")]
    [InlineData("model_type", "7", "expected a text")]
    [InlineData("n_embd", "0", "from 2 to 65536")]
    [InlineData("n_embd", "-8", "from 2 to 65536")]
    [InlineData("n_embd", "8.5", "from 2 to 65536")]
    [InlineData("n_embd", "\"8\"", "found \"8\"")]
    [InlineData("n_embd", "1e30", "from 2 to 65536")]
    [InlineData("n_embd", "null", "found null")]
    [InlineData("n_heads", "3", "a divisor of n_embd, which is 8")]
    [InlineData("n_heads", "8", "even width")]
    [InlineData("num_attention_heads", "4", "expected 2")]
    [InlineData("num_key_value_heads", "1", "expected 2")]
    [InlineData("head_dim", "8", "expected 4")]
    [InlineData("hidden_size", "16", "expected 8")]
    [InlineData("n_layers", "5", "expected 4")]
    [InlineData("num_hidden_layers", "5", "expected 4")]
    [InlineData("padded_vocab_size", "16", "expected 10")]
    [InlineData("n_layers_in_recurrent_block", "0", "from 1 to 1024")]
    [InlineData("n_layers_in_coda", "1025", "from 0 to 1024")]
    [InlineData("vocab_size", "2147483648", "from 1 to 4194304")]
    [InlineData("block_size", "0", "from 1 to 4194304")]
    [InlineData("norm_eps", "0", "a number from")]
    [InlineData("norm_eps", "1e400", "a number from")]
    [InlineData("rope_base", "-1", "a number from 1")]
    [InlineData("rope_theta", "10000", "expected 50000")]
    [InlineData("rope_scaling", "{\"rope_type\":\"llama3\"}", "expected null")]
    [InlineData("qk_bias", "1", "true or false")]
    [InlineData("bias", "true", "false")]
    [InlineData("tie_word_embeddings", "false", "the same as tie_embeddings, true")]
    [InlineData("architecture_class_name", "\"GPT\"", "\"RecurrentGPT\"")]
    [InlineData("block_class_name", "\"Pre\"", "\"SandwichBlock\"")]
    [InlineData("norm_class_name", "\"LayerNorm\"", "\"RMSNorm_llama\"")]
    [InlineData("mlp_class_name", "\"BaseMLP\"", "\"GatedMLP\"")]
    [InlineData("nonlin_name", "\"GELU\"", "\"SiLU\"")]
    [InlineData("injection_type", "\"add\"", "\"linear\"")]
    [InlineData("state_init", "\"zero\"", "\"like-init\"")]
    [InlineData("test_time_noise", "0.1", "expected 0")]
    [InlineData("init_scale", "0.5", "expected 1")]
    [InlineData("mean_recurrence", "0", "from 1 to 65536")]
    [InlineData("init_values", "3", "an object")]
    [InlineData("init_values", "{\"embed_scale\":2.8}", "init_values.embed_scale")]
    [InlineData("init_values", "{\"std\":1}", "init_values.std")]
    [InlineData("init_values", "{\"else\":1}", "an unknown key")]
    [InlineData("eos_token_id", "10", "token ids from 0 to 9")]
    [InlineData("eos_token_id", "[1,-1]", "token ids from 0 to 9")]
    [InlineData("sliding_window", "128", "unknown key 'sliding_window' might change the result; known keys: ")]
    public void Refuses_a_value_it_cannot_compute(string key, string json, string reason)
    {
        var small = new SmallCheckpoint();
        small.Config[key] = JsonNode.Parse(json);
        var message = Assert.Throws<InvalidDataException>(() => small.Parsed()).Message;
        Assert.StartsWith("config.json: ", message);
        Assert.Contains(reason, message);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{\"a\":1,\"a\":2}", "not valid JSON")]
    [InlineData("{\"a\":{\"b\":1,\"b\":2}}", "not valid JSON")]
    [InlineData("{\"a\":\"\\ud800\"}", "lone surrogate")]
    [InlineData("{\"\\udfff\":1}", "lone surrogate")]
    [InlineData("{\"a\":NaN}", "not valid JSON")]
    [InlineData("{} // nothing", "not valid JSON")]
    public void Refuses_what_is_not_an_object_of_distinct_keys(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Parse(json)).Message);

    [Fact]
    public void Refuses_bytes_that_are_not_text_and_files_that_are_too_large()
    {
        Assert.Contains("not valid UTF-8", Assert.Throws<InvalidDataException>(
            () => ModelConfig.Parse(new byte[] { (byte)'{', (byte)'"', 0xC3, (byte)'"', (byte)'}' }, "c")).Message);
        using var folder = new TemporaryFolder();
        var path = folder.Write("config.json", new byte[(1 << 20) + 1]);
        Assert.Contains("Is it the right file?", Assert.Throws<InvalidDataException>(() => ModelConfig.Read(path)).Message);
        Assert.Throws<InvalidDataException>(() => Parse($"{{\"a\":{new string('[', 5000)}"));
    }

    [Fact]
    public void Lists_every_unknown_key_at_once()
    {
        var small = new SmallCheckpoint();
        small.Config["zebra"] = 1;
        small.Config["alpha"] = 1;
        var message = Assert.Throws<InvalidDataException>(() => small.Parsed()).Message;
        Assert.Contains("'alpha, zebra'", message);
        Assert.Contains("n_embd", message);
        Assert.Contains("torch_dtype", message);
    }

    static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");
}
