using System.IO;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class AnswerFormTests
{
    const string ChatMl = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    const string Renamed = "{% for m in messages %}{% set role = 'model' if m.role == 'assistant' else m.role %}"
        + "<turn>{{ role }}\n{{ m.content }}<|end_turn|>{% endfor %}{% if add_generation_prompt %}<turn>model\n{% endif %}";

    const string Strict = "{% for m in messages %}{% if m.role not in ['user', 'Bard'] %}{{ raise_exception('no such role') }}{% endif %}"
        + "[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[Bard]{% endif %}";

    [Fact]
    public void Seedling_answers_as_Huginn_and_ends_with_its_turn_or_its_text()
    {
        var text = ModelText.Open(TextGoldens.SeedlingFolder)!;
        var form = AnswerForm.Of(text);
        Assert.Equal("Huginn", form.Role);
        Assert.Equal([text.Tokenizer.IdOf("<|end_turn|>")!.Value, text.Tokenizer.IdOf("<|end_text|>")!.Value], form.EndTokens);
    }

    [Theory]
    [InlineData(ChatMl, "assistant", 1)]
    [InlineData(Renamed, "assistant", 2)]
    [InlineData(Strict, "assistant", 1)]
    [InlineData("{{ messages[0].content }}", "assistant", 1)]
    [InlineData("{% for m in messages %}({{ m.role }}: {{ m.content }}){% endfor %}{% if add_generation_prompt %}(Bard: {% endif %}", "Bard", 1)]
    public void Finds_role_and_ends_in_a_template(string template, string role, int ends)
    {
        var folder = Directory.CreateTempSubdirectory("muninn-answer-");
        try
        {
            File.Copy(Path.Combine(TextGoldens.SeedlingFolder, "tokenizer.json"), Path.Combine(folder.FullName, "tokenizer.json"));
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"eos_token": "<|end_text|>"}""");
            File.WriteAllText(Path.Combine(folder.FullName, "chat_template.jinja"), template);
            var form = AnswerForm.Of(ModelText.Open(folder.FullName)!);
            Assert.Equal((role, ends), (form.Role, form.EndTokens.Count));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
