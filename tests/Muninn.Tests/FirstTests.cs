using Xunit;

namespace Muninn.Tests;

public sealed class FirstTests
{
    [Fact]
    public void Runs() => Assert.Equal(4, 2 + 2);
}
