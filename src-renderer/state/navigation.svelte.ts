import { hrefOf, parseRoute, type Route } from './route.ts'

class Navigation {
  route = $state.raw<Route>(parseRoute(location.hash))

  constructor() {
    addEventListener('hashchange', () => (this.route = parseRoute(location.hash)))
  }

  go(route: Route): void {
    location.hash = hrefOf(route)
  }

  /** Changes the address without a new entry in the history: for a choice inside a screen. */
  replace(route: Route): void {
    history.replaceState(null, '', hrefOf(route))
    this.route = route
  }
}

export const navigation = new Navigation()
