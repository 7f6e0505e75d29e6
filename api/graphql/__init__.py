"""The GraphQL schema: types in the words of the domain, resolvers that hand work to the core."""
