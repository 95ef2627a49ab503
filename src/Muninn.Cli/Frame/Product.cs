using System.Reflection;

namespace Muninn.Cli.Frame;

/// <summary>What this build is.</summary>
static class Product
{
    /// <summary>The version, e.g. <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";
}
